/**
 * Whether JSON may be given to the engine's parser, which calls itself for each level: nesting that is deep enough to overflow the stack resets the chip.
 */

/** True if no more than `deepest` objects and arrays stand one in another. Text that is no JSON may be either. */
export function isShallow(text: string, deepest: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x22) quoted = !quoted;
    else if (quoted) {
      if (c === 0x5c) i++;
    } else if (c === 0x5b || c === 0x7b) {
      if (++depth > deepest) return false;
    } else if (c === 0x5d || c === 0x7d) depth--;
  }
  return true;
}
