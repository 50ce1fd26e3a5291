/** The topics of Sparkplug B 3.0, built and read in this one place: `spBv1.0/<group>/<type>/<edge>[/<device>]` and `spBv1.0/STATE/<host>`. */
export const NAMESPACE = "spBv1.0";

export const EDGE_MESSAGES = ["NBIRTH", "NDATA", "NDEATH", "NCMD"] as const;
export const DEVICE_MESSAGES = ["DBIRTH", "DDATA", "DDEATH", "DCMD"] as const;
export type EdgeMessage = (typeof EDGE_MESSAGES)[number];
export type DeviceMessage = (typeof DEVICE_MESSAGES)[number];

export type Topic =
  | { type: "STATE"; host: string }
  | { type: EdgeMessage; group: string; edge: string }
  | { type: DeviceMessage; group: string; edge: string; device: string };

const EDGE: ReadonlySet<string> = new Set(EDGE_MESSAGES);
const DEVICE: ReadonlySet<string> = new Set(DEVICE_MESSAGES);

/** The topic as a string. Throws a RangeError naming the part when an id is empty or carries `/`, `+` or `#`. */
export function formatTopic(topic: Topic): string {
  if (topic.type === "STATE") return `${NAMESPACE}/STATE/${checked("host", topic.host)}`;
  const edge = `${NAMESPACE}/${checked("group", topic.group)}/${topic.type}/${checked("edge", topic.edge)}`;
  return "device" in topic ? `${edge}/${checked("device", topic.device)}` : edge;
}

/** The inverse of `formatTopic`; undefined for anything that is not a Sparkplug B topic. */
export function parseTopic(text: string): Topic | undefined {
  const [namespace, group, type, edge, device, ...rest] = text.split("/");
  if (namespace !== NAMESPACE || rest.length > 0) return undefined;
  if (group === "STATE") return isId(type) && edge === undefined ? { type: "STATE", host: type } : undefined;
  if (!isId(group) || !isId(edge) || type === undefined) return undefined;
  if (EDGE.has(type)) return device === undefined ? { type: type as EdgeMessage, group, edge } : undefined;
  if (DEVICE.has(type)) return isId(device) ? { type: type as DeviceMessage, group, edge, device } : undefined;
  return undefined;
}

function isId(part: string | undefined): part is string {
  return part !== undefined && part !== "" && !/[+#/]/.test(part);
}

function checked(part: string, id: string): string {
  if (!isId(id) || (part === "group" && id === "STATE"))
    throw new RangeError(`Sparkplug ${part} id "${id}": not empty, without / + #, and a group is not STATE`);
  return id;
}
