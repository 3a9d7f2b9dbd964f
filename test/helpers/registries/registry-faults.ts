export * from "./faults/access-faults.ts";
export * from "./faults/basic-auth.ts";
export * from "./faults/connection-faults.ts";
export * from "./faults/delete-faults.ts";
export * from "./faults/fault.ts";
export * from "./faults/manifest-faults.ts";
export * from "./faults/token-auth.ts";
export * from "./faults/upload-faults.ts";
