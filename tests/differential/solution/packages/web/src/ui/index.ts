export { panel } from "./panel.js";
