export { log } from "#log";
export { env } from "#env";
export { deep } from "#internal/deep";
export { text } from "@solution/core/text";
export { one } from "./data/one.js";
export type { Modern } from "./modern.mjs";
export type { ReactNode } from "#react";
