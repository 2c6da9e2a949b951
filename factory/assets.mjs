// @ts-check
/** The setup page goes out as one script and one sheet, so that it takes no more than two connections. */

/** Files that take in those that they import. */
export const merged = ["setup.js", "setup.css"];
