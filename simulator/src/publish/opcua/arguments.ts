/** The methods of a cell as clients see them: their arguments, and whether every cell has them. */
import { type AddMethodOptions, DataType } from "node-opcua";

const argument = (name: string, dataType: DataType, text: string) => ({ name, dataType, description: { text } });

export const METHODS = {
  Order: {
    modellingRule: "Mandatory",
    description: "Writes one tag with the proof of who wants it and when: obeyed once, echoed in YS-908 and YS-909",
    inputs: [
      argument("Tag", DataType.String, "Name of the tag, e.g. FIC-303.SP"),
      argument("Value", DataType.Double, "What to write, in the tag's unit"),
      argument("Seq", DataType.UInt32, "Counts up from 1 under one token"),
      argument("User", DataType.String, "Who wants it: a user's name, or control:<kind>"),
      argument("At", DataType.DateTime, "When it was given, UTC; older than 10 s is refused"),
      argument("Token", DataType.UInt32, "Fencing token of the server that gives it"),
    ],
    outputs: [
      argument("Result", DataType.UInt32, "0 accepted, else the reason by the EnumStrings of YS-909"),
      argument("Detail", DataType.String, "The reason in words, empty when accepted"),
    ],
  },
  InjectFault: {
    modellingRule: "Optional",
    description: "Simulator only: starts or stops a disturbance at this cell",
    inputs: [argument("order", DataType.String, "JSON {id, op, kind, after, seconds, args}")],
    outputs: [argument("result", DataType.String, "JSON {id, ok, detail}")],
  },
} as const;

export type MethodName = keyof typeof METHODS;

export function argumentsOf(method: MethodName): Pick<AddMethodOptions, "inputArguments" | "outputArguments"> {
  const { inputs, outputs } = METHODS[method];
  return { inputArguments: [...inputs], outputArguments: [...outputs] };
}
