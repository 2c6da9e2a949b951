// @ts-check
/** The pages of the setup image. */
export { assets } from "../../../factory/assets.mjs";
