import type { z } from 'zod';
import type { EngineRecipe } from '../../engine/engine-schema.ts';
import type { OptimizerChoice, RecipeChoice } from '../../engine/training/training-schema.ts';
import type { Filled, Frozen } from '../../ground/frozen.ts';
import type { TeacherRecipe } from '../../teachers/image/training-recipe.ts';
import type { recipeSchema } from './schema/recipe.ts';

/** A recipe as the schema gives it: fields that depend on other fields or on the machine may still be open. */
export type ParsedRecipe = z.output<ReturnType<typeof recipeSchema>>;

type Parsed<Kind extends ParsedRecipe['kind']> = Extract<ParsedRecipe, { kind: Kind }>;
type ParsedEvaluation = Parsed<'distill'>['evaluation'];
type ParsedStudent = Parsed<'distill'>['students'][number];
type FilledStudent = Omit<ParsedStudent, 'training'> & {
  training: Filled<
    ParsedStudent['training'],
    Exclude<keyof ParsedStudent['training'], keyof OptimizerChoice | keyof RecipeChoice>
  >;
};

/** A student of a distillation. */
export type StudentRecipe = Frozen<FilledStudent>;

/** A distillation: teacher, trajectories, students, evaluation. */
export type DistillRecipe = Frozen<
  Omit<Parsed<'distill'>, 'engine' | 'guidance' | 'students' | 'evaluation'> & {
    engine: EngineRecipe;
    guidance: Exclude<Parsed<'distill'>['guidance'], number>;
    students: FilledStudent[];
    evaluation: Omit<Filled<ParsedEvaluation, 'guidance'>, 'teacher' | 'command'> & {
      teacher: Filled<ParsedEvaluation['teacher'], 'solver' | 'steps'>;
      command?: Filled<NonNullable<ParsedEvaluation['command']>, 'format' | 'seeds'>;
    };
  }
>;

/** The user's own closed loop: a program, and what it leaves. */
export type CommandRecipe = NonNullable<DistillRecipe['evaluation']['command']>;

/** Where the feature network of image metrics is: a folder, an ONNX file, or such a file with its contract. */
export type FeatureSource = NonNullable<DistillRecipe['evaluation']['features']>;

/** The training of a feature network. */
export type FeaturesRecipe = Frozen<Omit<Parsed<'features'>, 'engine'> & { engine: EngineRecipe }>;

/** The recipes by kind. */
export interface RecipeByKind {
  readonly distill: DistillRecipe;
  readonly teacher: TeacherRecipe;
  readonly features: FeaturesRecipe;
}

/** A resolved recipe: every field has its value, nothing changes any more. */
export type Recipe = RecipeByKind[keyof RecipeByKind];
