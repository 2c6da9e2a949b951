/** The module that an image is about: each image has its own `app.ts`. */
declare module "app" {
  import type { Context } from "lws/core/context";
  /** Names what the image links and starts it. What it returns, if anything, says itself that the image is well: see `Health`. */
  export default function start(context: Context): unknown;
}
