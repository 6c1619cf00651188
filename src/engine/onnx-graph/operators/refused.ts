/** Operators that are left out on purpose, and why. */
export const refusals: readonly { readonly names: RegExp; readonly reason: string }[] = [
  { names: /^(If|Loop|Scan)$/, reason: 'control flow is not supported: export the model without it' },
  { names: /^(Sequence|Concat.*Sequence|SplitToSequence)/, reason: 'sequences are not supported' },
  { names: /^Optional/, reason: 'optional values are not supported' },
  { names: /String|^(Tokenizer|TfIdfVectorizer|LabelEncoder)/, reason: 'texts are not supported' },
  { names: /^(Dynamic)?(Quantize|Dequantize)|Integer$|^QLinear/, reason: 'quantised weights are not supported' },
  { names: /^(Random|Bernoulli|Multinomial)/, reason: 'random numbers are not supported: make them inputs' },
  { names: /^(LSTM|GRU|RNN)$/, reason: 'recurrent layers are not supported' },
];
