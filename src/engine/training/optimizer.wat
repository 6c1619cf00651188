;; AdamW, gradient clipping and the moving average of the weights in one pass over the arena, four floats at a time; and
;; Muon's two passes, before and after its matrices are made orthogonal.
;; Regions are byte offsets of equal length; sizes are multiples of 4 floats.
(module
  (import "arena" "memory" (memory 1))

  ;; Sums of squares of every fourth of `count` floats, accumulated in float64 onto what came before.
  (func (export "sumsOfSquares")
    (param $at i32) (param $count i32) (param $a f64) (param $b f64) (param $c f64) (param $e f64)
    (result f64 f64 f64 f64)
    (local $end i32) (local $low v128) (local $high v128) (local $g v128) (local $d v128)
    (local.set $low (f64x2.replace_lane 1 (f64x2.splat (local.get $a)) (local.get $b)))
    (local.set $high (f64x2.replace_lane 1 (f64x2.splat (local.get $c)) (local.get $e)))
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $g (v128.load (local.get $at)))
        (local.set $d (f64x2.promote_low_f32x4 (local.get $g)))
        (local.set $low (f64x2.add (local.get $low) (f64x2.mul (local.get $d) (local.get $d))))
        (local.set $d (f64x2.promote_low_f32x4
          (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $g) (local.get $g))))
        (local.set $high (f64x2.add (local.get $high) (f64x2.mul (local.get $d) (local.get $d))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))
    (f64x2.extract_lane 0 (local.get $low))
    (f64x2.extract_lane 1 (local.get $low))
    (f64x2.extract_lane 0 (local.get $high))
    (f64x2.extract_lane 1 (local.get $high)))

  ;; p ← keep·p − rate·m/(√(v·correction) + epsilon) with m, v the moments of g·scale; average ← decay·average + (1−decay)·p.
  (func (export "update")
    (param $p i32) (param $g i32) (param $m i32) (param $v i32) (param $a i32) (param $count i32)
    (param $scale f32) (param $beta1 f32) (param $beta2 f32) (param $rate f32) (param $correction f32)
    (param $epsilon f32) (param $keep f32) (param $decay f32)
    (local $end i32) (local $gradient v128) (local $mean v128) (local $variance v128) (local $parameter v128)
    (local $scales v128) (local $b1 v128) (local $c1 v128) (local $b2 v128) (local $c2 v128) (local $rates v128)
    (local $corrections v128) (local $epsilons v128) (local $keeps v128) (local $d v128) (local $e v128)
    (local.set $scales (f32x4.splat (local.get $scale)))
    (local.set $b1 (f32x4.splat (local.get $beta1)))
    (local.set $c1 (f32x4.splat (f32.sub (f32.const 1) (local.get $beta1))))
    (local.set $b2 (f32x4.splat (local.get $beta2)))
    (local.set $c2 (f32x4.splat (f32.sub (f32.const 1) (local.get $beta2))))
    (local.set $rates (f32x4.splat (local.get $rate)))
    (local.set $corrections (f32x4.splat (local.get $correction)))
    (local.set $epsilons (f32x4.splat (local.get $epsilon)))
    (local.set $keeps (f32x4.splat (local.get $keep)))
    (local.set $d (f32x4.splat (local.get $decay)))
    (local.set $e (f32x4.splat (f32.sub (f32.const 1) (local.get $decay))))
    (local.set $end (i32.add (local.get $p) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
        (local.set $gradient (f32x4.mul (v128.load (local.get $g)) (local.get $scales)))
        (local.set $mean (f32x4.add
          (f32x4.mul (local.get $b1) (v128.load (local.get $m)))
          (f32x4.mul (local.get $c1) (local.get $gradient))))
        (local.set $variance (f32x4.add
          (f32x4.mul (local.get $b2) (v128.load (local.get $v)))
          (f32x4.mul (local.get $c2) (f32x4.mul (local.get $gradient) (local.get $gradient)))))
        (local.set $parameter (f32x4.sub
          (f32x4.mul (local.get $keeps) (v128.load (local.get $p)))
          (f32x4.div
            (f32x4.mul (local.get $rates) (local.get $mean))
            (f32x4.add (f32x4.sqrt (f32x4.mul (local.get $variance) (local.get $corrections))) (local.get $epsilons)))))
        (v128.store (local.get $m) (local.get $mean))
        (v128.store (local.get $v) (local.get $variance))
        (v128.store (local.get $p) (local.get $parameter))
        (v128.store (local.get $a) (f32x4.add
          (f32x4.mul (local.get $d) (v128.load (local.get $a)))
          (f32x4.mul (local.get $e) (local.get $parameter))))
        (local.set $p (i32.add (local.get $p) (i32.const 16)))
        (local.set $g (i32.add (local.get $g) (i32.const 16)))
        (local.set $m (i32.add (local.get $m) (i32.const 16)))
        (local.set $v (i32.add (local.get $v) (i32.const 16)))
        (local.set $a (i32.add (local.get $a) (i32.const 16)))
        (br $next))))

  ;; m ← beta·m + scale·g, then g ← scale·g + beta·m: Nesterov's momentum of g·scale.
  (func (export "momentum") (param $g i32) (param $m i32) (param $count i32) (param $scale f32) (param $beta f32)
    (local $end i32) (local $gradient v128) (local $mean v128) (local $scales v128) (local $betas v128)
    (local.set $scales (f32x4.splat (local.get $scale)))
    (local.set $betas (f32x4.splat (local.get $beta)))
    (local.set $end (i32.add (local.get $g) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $g) (local.get $end)))
        (local.set $gradient (f32x4.mul (v128.load (local.get $g)) (local.get $scales)))
        (local.set $mean (f32x4.add (f32x4.mul (local.get $betas) (v128.load (local.get $m))) (local.get $gradient)))
        (v128.store (local.get $m) (local.get $mean))
        (v128.store (local.get $g)
          (f32x4.add (local.get $gradient) (f32x4.mul (local.get $betas) (local.get $mean))))
        (local.set $g (i32.add (local.get $g) (i32.const 16)))
        (local.set $m (i32.add (local.get $m) (i32.const 16)))
        (br $next))))

  ;; p ← keep·p − rate·g; average ← decay·average + (1−decay)·p.
  (func (export "move")
    (param $p i32) (param $g i32) (param $a i32) (param $count i32) (param $rate f32) (param $keep f32) (param $decay f32)
    (local $end i32) (local $parameter v128) (local $rates v128) (local $keeps v128) (local $d v128) (local $e v128)
    (local.set $rates (f32x4.splat (local.get $rate)))
    (local.set $keeps (f32x4.splat (local.get $keep)))
    (local.set $d (f32x4.splat (local.get $decay)))
    (local.set $e (f32x4.splat (f32.sub (f32.const 1) (local.get $decay))))
    (local.set $end (i32.add (local.get $p) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
        (local.set $parameter (f32x4.sub
          (f32x4.mul (local.get $keeps) (v128.load (local.get $p)))
          (f32x4.mul (local.get $rates) (v128.load (local.get $g)))))
        (v128.store (local.get $p) (local.get $parameter))
        (v128.store (local.get $a) (f32x4.add
          (f32x4.mul (local.get $d) (v128.load (local.get $a)))
          (f32x4.mul (local.get $e) (local.get $parameter))))
        (local.set $p (i32.add (local.get $p) (i32.const 16)))
        (local.set $g (i32.add (local.get $g) (i32.const 16)))
        (local.set $a (i32.add (local.get $a) (i32.const 16)))
        (br $next)))))
