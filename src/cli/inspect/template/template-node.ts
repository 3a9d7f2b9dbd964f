/** A part of a template: what is between the actions, or an action (Go, text/template). */
export type TemplateNode =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "output"; readonly pipeline: Pipeline }
  | {
      readonly kind: "if" | "range";
      readonly pipeline: Pipeline;
      /** For `range $key, $value := ...`, or `range $value := ...`. */
      readonly variables: readonly string[];
      readonly body: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    };

/** Commands of which each is given what the one before it came to, as its last argument. */
export type Pipeline = readonly Command[];

/** A function with its arguments, or a lone operand. */
export interface Command {
  readonly name: string | undefined;
  readonly operands: readonly Operand[];
}

/** Where a value comes from, and the fields that are then taken of it. */
export interface Operand {
  readonly from:
    | { readonly kind: "dot" }
    | { readonly kind: "variable"; readonly name: string }
    | { readonly kind: "literal"; readonly value: string | number | boolean }
    | { readonly kind: "pipeline"; readonly pipeline: Pipeline };
  readonly fields: readonly string[];
}
