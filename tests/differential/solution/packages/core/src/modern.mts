import { one } from "./data/one.js";
export interface Modern { one: typeof one }
