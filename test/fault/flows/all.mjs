// @ts-check
/** Everything that writes to flash. */
import { CERTIFICATE_FLOWS } from "./certificate.mjs";
import { JAVASCRIPT_FLOWS } from "./javascript.mjs";
import { PULL_FLOW } from "./pull.mjs";
import { ROLLBACK_FLOWS } from "./rollback.mjs";
import { SETTINGS_FLOWS } from "./settings.mjs";
import { SETUP_FLOW } from "./setup.mjs";
import { UPLOAD_FLOWS } from "./upload.mjs";

/** @type {import("../../lib/cuts.mjs").Flow[]} */
export const FLOWS = [
  ...UPLOAD_FLOWS,
  PULL_FLOW,
  ...ROLLBACK_FLOWS,
  SETUP_FLOW,
  ...JAVASCRIPT_FLOWS,
  ...SETTINGS_FLOWS,
  ...CERTIFICATE_FLOWS,
];
