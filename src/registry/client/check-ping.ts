import { AirgapError } from "../../oci/airgap-error.ts";
import { stripMediaTypeParameters } from "../../oci/media-type.ts";
import { printable } from "../../oci/printable.ts";
import { refusalError } from "../refusal/refusal-error.ts";
import { generalRules, type RefusalRule } from "../refusal/refusal-rules.ts";
import { unknownVendor } from "../refusal/vendor.ts";
import { readRefusal, type Refusal } from "../refusal/refusal.ts";
import { isPassingStatus } from "../http/retry.ts";
import { headerOf, type RegistryResponse } from "../http/transport.ts";

/** At the first question it is not the load that the registry cannot bear. */
const behindProxy: RefusalRule = {
  code: "REGISTRY_GAVE_UP",
  exit: "gaveUp",
  matches: ({ status, isHtml }) => isHtml && [502, 503, 504].includes(status),
  hint: () => "Something in front of the registry answers, the registry does not: look whether it runs.",
};

/**
 * Takes the answer to a ping as a registry's, or throws `NOT_A_REGISTRY`: only 200 and 401 come from one, and a 200 with
 * a web page comes from something else.
 */
export async function checkPing(
  origin: URL,
  host: string,
  response: RegistryResponse,
  now: number,
): Promise<void> {
  const isPage = stripMediaTypeParameters(headerOf(response, "content-type") ?? "") === "text/html";
  if (response.status === 401 || (response.status === 200 && !isPage)) return response.discard();
  const location = headerOf(response, "location");
  const refusal = await readRefusal(response, now);
  if (isPassingStatus(refusal.status)) {
    const context = { vendor: unknownVendor, host, repository: "" };
    throw refusalError(`reach registry "${host}"`, refusal, context, [behindProxy, ...generalRules]);
  }
  throw new AirgapError(
    "NOT_A_REGISTRY",
    `Cannot use "${host}" as a registry: GET ${origin.origin}/v2/ was answered ${describePing(refusal, location)}`,
    { exit: "unreachable", hint: pingHint(origin, refusal, location) },
  );
}

function describePing(refusal: Refusal, location: string | undefined): string {
  const where = location === undefined ? "" : ` to "${printable(location)}"`;
  return `${refusal.status}${where}${refusal.message ? `, ${refusal.message}` : ""}`;
}

function pingHint(origin: URL, refusal: Refusal, location: string | undefined): string {
  if (/HTTP request (?:to an|was sent to) HTTPS/i.test(refusal.message)) {
    return "The registry speaks https: leave --plain-http and http:// out.";
  }
  if (location?.startsWith("https://") && origin.protocol === "http:") {
    return "Use the address that it points to, without --plain-http.";
  }
  if (location !== undefined) {
    return "It sends people somewhere else, often to a page to sign in at: clients of a registry need an address without that.";
  }
  return "Check the port and the name: registries often listen on another port than their web pages, and a proxy in front knows them by one name.";
}
