/** Versions of images: texts as `git describe` gives them, of which four numbers count. */

export type Version = readonly [number, number, number, number];

/** The numbers in a text, up to three and then the commits since; those that are missing are 0. `1.2.3.14` is the same as `v1.2.3-14-gabc1234`. */
export function parseVersion(text: string): Version {
  const match = /^v?(\d{1,5})(?:\.(\d{1,5}))?(?:\.(\d{1,5}))?(?:[.-](\d{1,5})(?![0-9a-zA-Z_]))?/.exec(text);
  const number = (group: number) => Number(match?.[group] ?? 0) & 0xffff;
  return [number(1), number(2), number(3), number(4)];
}

/** The version whose numbers lie at `at`, 16 bits each. */
export function readVersion(bytes: ArrayBuffer, at: number): Version {
  const view = new DataView(bytes, at, 8);
  const number = (index: number) => view.getUint16(2 * index, true);
  return [number(0), number(1), number(2), number(3)];
}

/** Negative where `a` is older than `b`, 0 where they are the same. */
export function compareVersions(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || a[3] - b[3];
}
