/** Why an update was refused or failed. The codes are those of the project's error catalogue, which stands on this same floor. */

export type UpdateCode =
  | "UPDATE_BUSY"
  | "UPDATE_NO_SLOT"
  | "UPDATE_TOO_LARGE"
  | "UPDATE_NOT_IMAGE"
  | "UPDATE_WRONG_CHIP"
  | "UPDATE_WRONG_MODEL"
  | "UPDATE_WRONG_KIND"
  | "UPDATE_WRONG_BASE"
  | "UPDATE_TOO_OLD"
  | "UPDATE_TRUNCATED"
  | "UPDATE_DAMAGED"
  | "UPDATE_NO_TRAILER"
  | "UPDATE_UNKNOWN_KEY"
  | "UPDATE_BAD_SIGNATURE"
  | "UPDATE_FLASH";

export class UpdateError extends Error {
  constructor(readonly code: UpdateCode) {
    super(code);
  }
}
