// @ts-check
/** The certificates that the cases about TLS sessions have, too. */
export { assets } from "../tlsunit/assets.mjs";
