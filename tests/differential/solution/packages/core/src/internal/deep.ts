import { log } from "./log.js";
export const deep = log("deep");
