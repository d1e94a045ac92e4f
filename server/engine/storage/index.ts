/** Object storage; storage.ts says what a store promises. */
export { openObjectStore } from "./registry";
export { readObject, type ObjectStore } from "./storage";
