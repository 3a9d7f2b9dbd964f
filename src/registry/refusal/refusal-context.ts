import type { SignIn } from "../auth/authorizer.ts";
import type { Vendor } from "./vendor.ts";

/** What was refused, and by whom. */
export interface RefusalContext {
  readonly vendor: Vendor;
  readonly host: string;
  readonly repository: string;
  /** Whether it was only to be read. */
  readonly isRead?: boolean;
  /** How the request was signed, where it was. */
  readonly signIn?: SignIn | undefined;
}
