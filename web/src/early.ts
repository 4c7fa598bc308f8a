// Early input: text typed into the prerendered page before the script ran; hydration would put the prerendered text back.
export interface EarlyInput {
  readonly content: string;
  readonly from: number;
  readonly to: number;
  readonly focused: boolean;
}

let taken: EarlyInput | null = null;

export function rememberEarlyInput() {
  const field = document.querySelector<HTMLTextAreaElement>("#plain-editor");
  if (!field) return;
  const changed = field.value !== field.defaultValue;
  const focused = document.activeElement === field;
  if (!changed && !focused) return;
  taken = { content: field.value, from: field.selectionStart, to: field.selectionEnd, focused };
}

/** Returned once. */
export function takeEarlyInput(): EarlyInput | null {
  const input = taken;
  taken = null;
  return input;
}
