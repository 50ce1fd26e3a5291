/** How a sample becomes a Sparkplug metric: data types, aliases, properties. Pure. */
import { metricName, Quality, type TagDefinition, type TagType, UNITS } from "@cellhouse/shared";
import { DataType, type Metric, type Property, type Value } from "@cellhouse/shared/sparkplug";

export const REBIRTH = "Node Control/Rebirth";
export const FAULT = "SIM/FAULT";
export const FAULT_RESULT = "SIM/FAULT_RESULT";

const TYPES: Record<TagType, DataType> = {
  f32: DataType.Float,
  f64: DataType.Double,
  u32: DataType.UInt32,
  bool: DataType.Boolean,
  ms: DataType.DateTime,
};

/** Sparkplug knows three quality codes (spec 3.0, 6.4.11): 0 bad, 192 good, 500 stale. Uncertain goes as stale: not to be believed blindly. */
const QUALITY_CODE = { [Quality.Good]: 192, [Quality.Uncertain]: 500, [Quality.Stale]: 500, [Quality.Bad]: 0 } as const;

/** The quality a receiver reads back from the code. */
export function qualityOnWire(quality: number): Quality {
  if (quality === Quality.Good) return Quality.Good;
  return quality === Quality.Bad ? Quality.Bad : Quality.Stale;
}

/** Owner 0 is the edge node itself, device `d` of the edge is owner `d + 1`; no alias is given twice within an edge. */
export function aliasOf(owner: number, tag: number): number {
  return owner * 256 + tag + 1;
}

export interface Sample {
  owner: number;
  tag: number;
  /** Source time, epoch ms. */
  time: number;
  value: number;
  quality: number;
}

/** A metric of NDATA or DDATA: alias instead of name, no data type. */
export function dataMetric(definition: TagDefinition, sample: Sample, historical: boolean): Metric {
  const metric: Metric = {
    alias: aliasOf(sample.owner, sample.tag),
    timestamp: sample.time,
    datatype: TYPES[definition.type],
    value: wireValue(definition, sample.value),
  };
  if (historical) metric.isHistorical = true;
  if (sample.quality !== Quality.Good) metric.properties = { Quality: qualityProperty(sample.quality) };
  return metric;
}

/** A metric of a birth: everything a host needs to know about it. */
export function birthMetric(definition: TagDefinition, sample: Sample): Metric {
  const [low, high] = definition.range;
  return {
    ...dataMetric(definition, sample, false),
    name: metricName(definition.name),
    properties: {
      engUnit: { type: DataType.String, value: UNITS[definition.unit].symbol },
      engLow: { type: DataType.Double, value: low },
      engHigh: { type: DataType.Double, value: high },
      Quality: qualityProperty(sample.quality),
    },
  };
}

function qualityProperty(quality: number): Property {
  return { type: DataType.Int32, value: QUALITY_CODE[quality as Quality] ?? QUALITY_CODE[Quality.Bad] };
}

function wireValue(definition: TagDefinition, value: number): Value {
  if (Number.isNaN(value)) return null;
  return definition.type === "bool" ? value !== 0 : value;
}
