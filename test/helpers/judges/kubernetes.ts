import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Deployment } from "kubernetes-models/apps/v1/Deployment";
import { CronJob } from "kubernetes-models/batch/v1/CronJob";
import { Job } from "kubernetes-models/batch/v1/Job";
import { PersistentVolumeClaim } from "kubernetes-models/v1/PersistentVolumeClaim";
import { Service } from "kubernetes-models/v1/Service";
import { parseAllDocuments } from "yaml";

/** The one container of a pod, as far as the runbooks use it. */
export interface PodContainer {
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
  }[];
}

const kinds = { CronJob, Deployment, Job, PersistentVolumeClaim, Service };
const folder = resolve(import.meta.dirname, "../../../samples/runbooks");

/** The resources of a runbook, checked by Kubernetes' own schemas: throws where one is not valid. */
export function readRunbook(name: string): readonly InstanceType<(typeof kinds)[keyof typeof kinds]>[] {
  const documents = parseAllDocuments(readFileSync(resolve(folder, name), "utf8"));
  return documents.map((document) => {
    const value = document.toJS() as { kind: keyof typeof kinds };
    const resource = new kinds[value.kind](value as never);
    resource.validate();
    return resource;
  });
}

/** The container that a runbook's job or deployment of this name runs. */
export function findContainer(runbook: string, name: string): PodContainer {
  for (const { metadata, spec } of JSON.parse(JSON.stringify(readRunbook(runbook)))) {
    const template = spec.jobTemplate?.spec.template ?? spec.template;
    if (metadata.name === name && template) return template.spec.containers[0] as PodContainer;
  }
  throw new Error(`${runbook} runs no ${name}`);
}
