;; Attention of one new position a row to what is kept of earlier ones and of itself, four numbers at a time.
;; Addresses are bytes; the size of an attention head is a multiple of 8 floats.
(module
  (import "room" "memory" (memory 1))

  ;; scores[i] ← scale·⟨query, keys[i]⟩ for `count` keys that are `stride` apart; gives where the next score goes.
  (func $dots
    (param $query i32) (param $keys i32) (param $stride i32) (param $count i32) (param $bytes i32) (param $scale f32)
    (param $score i32) (result i32)
    (local $at i32) (local $low v128) (local $high v128)
    (block $done
      (loop $key
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $low (v128.const f32x4 0 0 0 0))
        (local.set $high (v128.const f32x4 0 0 0 0))
        (local.set $at (i32.const 0))
        (loop $eight
          (local.set $low (f32x4.add (local.get $low) (f32x4.mul
            (v128.load (i32.add (local.get $query) (local.get $at)))
            (v128.load (i32.add (local.get $keys) (local.get $at))))))
          (local.set $high (f32x4.add (local.get $high) (f32x4.mul
            (v128.load offset=16 (i32.add (local.get $query) (local.get $at)))
            (v128.load offset=16 (i32.add (local.get $keys) (local.get $at))))))
          (local.set $at (i32.add (local.get $at) (i32.const 32)))
          (br_if $eight (i32.lt_u (local.get $at) (local.get $bytes))))
        (local.set $low (f32x4.add (local.get $low) (local.get $high)))
        (f32.store (local.get $score) (f32.mul (local.get $scale) (f32.add
          (f32.add (f32x4.extract_lane 0 (local.get $low)) (f32x4.extract_lane 1 (local.get $low)))
          (f32.add (f32x4.extract_lane 2 (local.get $low)) (f32x4.extract_lane 3 (local.get $low))))))
        (local.set $score (i32.add (local.get $score) (i32.const 4)))
        (local.set $keys (i32.add (local.get $keys) (local.get $stride)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $key)))
    (local.get $score))

  ;; Two vectors of the sum of weights[i]·values[i], added to $out.
  (func $mix
    (param $weights i32) (param $values i32) (param $stride i32) (param $count i32) (param $out i32)
    (local $low v128) (local $high v128) (local $weight v128)
    (local.set $low (v128.load (local.get $out)))
    (local.set $high (v128.load offset=16 (local.get $out)))
    (block $done
      (loop $value
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $weight (v128.load32_splat (local.get $weights)))
        (local.set $low (f32x4.add (local.get $low)
          (f32x4.mul (local.get $weight) (v128.load (local.get $values)))))
        (local.set $high (f32x4.add (local.get $high)
          (f32x4.mul (local.get $weight) (v128.load offset=16 (local.get $values)))))
        (local.set $weights (i32.add (local.get $weights) (i32.const 4)))
        (local.set $values (i32.add (local.get $values) (local.get $stride)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $value)))
    (v128.store (local.get $out) (local.get $low))
    (v128.store offset=16 (local.get $out) (local.get $high)))

  ;; eˣ for x ≤ 0 by a polynomial of degree 5 on [−½ln 2, ½ln 2] (Cephes' expf: two units in the last place).
  (func $exponential (param $x v128) (result v128)
    (local $n v128) (local $r v128) (local $p v128)
    (local.set $x (f32x4.max (local.get $x) (f32x4.splat (f32.const -87))))
    (local.set $n (f32x4.nearest (f32x4.mul (local.get $x) (f32x4.splat (f32.const 1.44269504088896341)))))
    (local.set $r (f32x4.sub (local.get $x) (f32x4.mul (local.get $n) (f32x4.splat (f32.const 0.693359375)))))
    (local.set $r (f32x4.sub (local.get $r) (f32x4.mul (local.get $n) (f32x4.splat (f32.const -2.12194440e-4)))))
    (local.set $p (f32x4.splat (f32.const 1.9875691500e-4)))
    (local.set $p (f32x4.add (f32x4.mul (local.get $p) (local.get $r)) (f32x4.splat (f32.const 1.3981999507e-3))))
    (local.set $p (f32x4.add (f32x4.mul (local.get $p) (local.get $r)) (f32x4.splat (f32.const 8.3334519073e-3))))
    (local.set $p (f32x4.add (f32x4.mul (local.get $p) (local.get $r)) (f32x4.splat (f32.const 4.1665795894e-2))))
    (local.set $p (f32x4.add (f32x4.mul (local.get $p) (local.get $r)) (f32x4.splat (f32.const 1.6666665459e-1))))
    (local.set $p (f32x4.add (f32x4.mul (local.get $p) (local.get $r)) (f32x4.splat (f32.const 5.0000001201e-1))))
    (local.set $p (f32x4.add
      (f32x4.add (f32x4.mul (f32x4.mul (local.get $p) (local.get $r)) (local.get $r)) (local.get $r))
      (f32x4.splat (f32.const 1))))
    (f32x4.mul (local.get $p)
      (i32x4.shl (i32x4.add (i32x4.trunc_sat_f32x4_s (local.get $n)) (i32x4.splat (i32.const 127))) (i32.const 23))))

  ;; The scores from $from to before $to become e^(score − the largest); gives their sum. Three more floats after them are used.
  (func $weigh (param $from i32) (param $to i32) (result f32)
    (local $at i32) (local $most v128) (local $sum v128) (local $largest f32)
    (v128.store (local.get $to) (f32x4.splat (f32.const -1e30)))
    (local.set $most (f32x4.splat (f32.const -1e30)))
    (local.set $at (local.get $from))
    (loop $next
      (local.set $most (f32x4.max (local.get $most) (v128.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $to))))
    (local.set $largest (f32.max
      (f32.max (f32x4.extract_lane 0 (local.get $most)) (f32x4.extract_lane 1 (local.get $most)))
      (f32.max (f32x4.extract_lane 2 (local.get $most)) (f32x4.extract_lane 3 (local.get $most)))))
    (local.set $most (f32x4.splat (local.get $largest)))
    (local.set $at (local.get $from))
    (loop $next
      (v128.store (local.get $at) (call $exponential (f32x4.sub (v128.load (local.get $at)) (local.get $most))))
      (local.set $sum (f32x4.add (local.get $sum) (v128.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $to))))
    (f32.add
      (f32.add (f32x4.extract_lane 0 (local.get $sum)) (f32x4.extract_lane 1 (local.get $sum)))
      (f32.add (f32x4.extract_lane 2 (local.get $sum)) (f32x4.extract_lane 3 (local.get $sum)))))

  ;; queries and out [rows, heads, size]; keys and values [count, rows, heads, size] of tokens, the newest last; of
  ;; prompts [prompts, heads, length, size]; promptOf [rows]: which of them each row began with. scores: room for
  ;; length + count + 3 floats.
  (func (export "attend")
    (param $queries i32) (param $out i32) (param $keys i32) (param $values i32)
    (param $promptKeys i32) (param $promptValues i32) (param $promptOf i32) (param $scores i32)
    (param $rows i32) (param $heads i32) (param $size i32) (param $length i32) (param $count i32) (param $scale f32)
    (local $bytes i32) (local $stride i32) (local $prompt i32) (local $head i32) (local $row i32) (local $end i32)
    (local $middle i32) (local $at i32) (local $share v128) (local $sum f32)
    (local.set $bytes (i32.shl (local.get $size) (i32.const 2)))
    (local.set $stride (i32.mul (i32.mul (local.get $rows) (local.get $heads)) (local.get $bytes)))
    (loop $eachRow
      (local.set $head (i32.const 0))
      (loop $eachHead
        (local.set $prompt (i32.mul (i32.mul (local.get $bytes) (local.get $length))
          (i32.add (local.get $head) (i32.mul (local.get $heads) (i32.load (local.get $promptOf))))))
        (local.set $middle (call $dots (local.get $queries)
          (i32.add (local.get $promptKeys) (local.get $prompt)) (local.get $bytes) (local.get $length)
          (local.get $bytes) (local.get $scale) (local.get $scores)))
        (local.set $end (call $dots (local.get $queries)
          (local.get $keys) (local.get $stride) (local.get $count)
          (local.get $bytes) (local.get $scale) (local.get $middle)))
        (local.set $sum (call $weigh (local.get $scores) (local.get $end)))
        (local.set $share (f32x4.splat (f32.div (f32.const 1) (local.get $sum))))
        (local.set $at (i32.const 0))
        (loop $eight
          (v128.store (i32.add (local.get $out) (local.get $at)) (v128.const f32x4 0 0 0 0))
          (v128.store offset=16 (i32.add (local.get $out) (local.get $at)) (v128.const f32x4 0 0 0 0))
          (call $mix (local.get $scores)
            (i32.add (i32.add (local.get $promptValues) (local.get $prompt)) (local.get $at))
            (local.get $bytes) (local.get $length) (i32.add (local.get $out) (local.get $at)))
          (call $mix (local.get $middle)
            (i32.add (local.get $values) (local.get $at))
            (local.get $stride) (local.get $count) (i32.add (local.get $out) (local.get $at)))
          (v128.store (i32.add (local.get $out) (local.get $at)) (f32x4.mul (local.get $share)
            (v128.load (i32.add (local.get $out) (local.get $at)))))
          (v128.store offset=16 (i32.add (local.get $out) (local.get $at)) (f32x4.mul (local.get $share)
            (v128.load offset=16 (i32.add (local.get $out) (local.get $at)))))
          (local.set $at (i32.add (local.get $at) (i32.const 32)))
          (br_if $eight (i32.lt_u (local.get $at) (local.get $bytes))))
        (local.set $queries (i32.add (local.get $queries) (local.get $bytes)))
        (local.set $out (i32.add (local.get $out) (local.get $bytes)))
        (local.set $keys (i32.add (local.get $keys) (local.get $bytes)))
        (local.set $values (i32.add (local.get $values) (local.get $bytes)))
        (local.set $head (i32.add (local.get $head) (i32.const 1)))
        (br_if $eachHead (i32.lt_u (local.get $head) (local.get $heads))))
      (local.set $promptOf (i32.add (local.get $promptOf) (i32.const 4)))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (br_if $eachRow (i32.lt_u (local.get $row) (local.get $rows))))))
