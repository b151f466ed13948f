// From Prometheus' answers to what Grafana's panels draw, as Grafana's data source and dashboard do it.
import {
  DataFrame, DataTransformerConfig, Field, FieldConfigPropertyItem, FieldConfigSource, FieldType, GrafanaTheme2,
  Registry, applyFieldOverrides, cacheFieldDisplayNames, standardTransformers, standardTransformersRegistry,
  transformDataFrame,
} from '@grafana/data';
import { lastValueFrom } from 'rxjs';

export type Series = { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] };
export type Target = { refId: string; legendFormat: string; format: string };
export type Panel = {
  id: number; type: string; title: string; description: string; targets: Target[]; options: any;
  fieldConfig: FieldConfigSource; transformations?: DataTransformerConfig[];
  gridPos: { x: number; y: number; w: number; h: number };
};

const STANDARD =
  ['unit', 'mappings', 'thresholds', 'color', 'links', 'noValue', 'decimals', 'min', 'max', 'displayName'];

// By id: some are there twice, under an older name.
const transformers = new Map(Object.values(standardTransformers).map((each) => [each.id, each]));
standardTransformersRegistry.setInit(() => [...transformers.values()].map((each) => ({
  ...each, editor: () => null, imageDark: '', imageLight: '', transformation: async () => each as any,
})));

// The properties that a panel sets: Grafana knows them from its plugins.
function properties({ defaults, overrides }: FieldConfigSource) {
  const inOverrides = overrides.flatMap((override) => override.properties.map(({ id }) => id));
  const ofPanel = Object.keys(defaults.custom ?? {}).map((name) => `custom.${name}`);
  const ids = [...new Set([...STANDARD, ...ofPanel, ...inOverrides])];
  return new Registry<FieldConfigPropertyItem>(() => ids.map((id) => ({
    id, name: id, path: id.replace('custom.', ''), isCustom: id.startsWith('custom.'), process: (value: any) => value,
    shouldApply: () => true, override: () => null as any, editor: () => null as any,
  }) as unknown as FieldConfigPropertyItem));
}

const number = (text: string) => (text === 'NaN' ? NaN : text === '+Inf' ? Infinity : Number(text));
const points = (series: Series) => series.values ?? [series.value!];

function line(target: Target, series: Series, step: number): DataFrame {
  const name = target.legendFormat === '__auto' ? '' :
    target.legendFormat.replace(/{{(\w+)}}/g, (_, label) => series.metric[label] ?? '');
  const config = name ? { displayNameFromDS: name } : {};
  const times = points(series).map(([time]) => 1000 * time);
  const values = points(series).map(([, value]) => number(value));
  return {
    refId: target.refId, length: values.length, fields: [
      { name: 'Time', type: FieldType.time, config: { interval: 1000 * step }, values: times },
      { name: 'Value', type: FieldType.number, config, labels: series.metric, values },
    ],
  };
}

function tableOf(target: Target, answer: Series[], targets: number): DataFrame {
  const labels = [...new Set(answer.flatMap((series) => Object.keys(series.metric)))].sort();
  const field = (name: string, type: FieldType, of: (series: Series) => any): Field =>
    ({ name, type, config: {}, values: answer.map(of) });
  return {
    refId: target.refId, length: answer.length, fields: [
      field('Time', FieldType.time, (series) => 1000 * series.value![0]),
      ...labels.map((label) => field(label, FieldType.string, (series) => series.metric[label])),
      field(targets > 1 ? `Value #${target.refId}` : 'Value', FieldType.number, (series) => number(series.value![1])),
    ],
  };
}

export async function frames(panel: Panel, answers: Record<string, Series[]>, step: number, theme: GrafanaTheme2) {
  const asked = panel.targets.flatMap((target) => target.format === 'table'
    ? [tableOf(target, answers[target.refId], panel.targets.length)]
    : answers[target.refId].map((series) => line(target, series, step)));
  const data = await lastValueFrom(
    transformDataFrame(panel.transformations ?? [], asked, { interpolate: (text: string) => text }));
  const drawn = applyFieldOverrides({
    data, fieldConfig: panel.fieldConfig, theme, timeZone: 'utc', replaceVariables: (text: string) => text,
    fieldConfigRegistry: properties(panel.fieldConfig),
  });
  cacheFieldDisplayNames(drawn);
  return drawn;
}
