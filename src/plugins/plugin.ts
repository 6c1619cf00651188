import type { MethodEntry } from '../distillation/method/method.ts';
import type { Metric } from '../evaluation/metric/metric.ts';
import type { Family } from '../heads/family/family.ts';
import type { Architecture } from '../heads/network/architecture.ts';
import type { Solver } from '../heads/solver/solver.ts';
import type { ImageDataSet } from '../teachers/data/image-data-set.ts';
import type { TeacherEntry } from '../teachers/table.ts';

/** A family, which may be of an architecture that a plug-in adds. */
export type PluginFamily = Omit<Family, 'architecture'> & { readonly architecture: string };

/** What each table holds. */
export interface PluginEntries {
  /** Architectures of heads, by the names that `students[].head.architecture` and families give them. */
  readonly heads: Architecture;
  /** Families of heads that can be imported. */
  readonly families: PluginFamily;
  /** Kinds of teachers. */
  readonly teachers: TeacherEntry;
  /** Distillation methods. */
  readonly methods: MethodEntry;
  /** Solvers of the teacher's flow. */
  readonly solvers: Solver;
  /** Metrics, each under its own name. */
  readonly metrics: Metric;
  /** Image data sets. */
  readonly dataSets: ImageDataSet;
}

/** What a plug-in adds: entries of the tables, by name. */
export type Plugin = { readonly [Table in keyof PluginEntries]?: Readonly<Record<string, PluginEntries[Table]>> };

/** The default export of a plug-in: entries of the very types that the tables hold, checked when it is loaded. */
export const definePlugin = (plugin: Plugin): Plugin => plugin;
