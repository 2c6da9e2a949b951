// @ts-check
/** An application that is uploaded, onto an empty slot and over another one, and proves itself. */
import { applicationFlow } from "../../lib/application-flow.mjs";
import { upload } from "../../lib/releases.mjs";

const source = async () => ({ bring: upload });

/** @type {import("../../lib/cuts.mjs").Flow[]} */
export const UPLOAD_FLOWS = [
  applicationFlow("upload/first", source, { isFirst: true }),
  applicationFlow("upload/replacing", source),
];
