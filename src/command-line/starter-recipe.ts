/** A commented distillation that runs as it is, to be changed line by line. */
export const starterRecipe = (
  name: string,
  { schema, teacher }: { readonly schema: string; readonly teacher: string },
): string => `# yaml-language-server: $schema=${schema}
#
# Run it:            fewstep run ${name}.yaml
# See what it does:  fewstep run ${name}.yaml --dry-run
# Change a field:    fewstep run ${name}.yaml --set students[0].training.steps=1000
kind: distill
name: ${name}
preview: true # marks the report; take it out for results that count
seeds: [1] # each seed trains and evaluates every student

# onnx traces and compiles for onnxruntime (cpu, webgpu, cuda, coreml, dml); tfjs evaluates eagerly.
engine: { kind: onnx, provider: cpu }

# An exact Gaussian, to see the whole way in a minute. A trained image teacher instead (paths are relative to this file):
#   teacher: { kind: digits, path: ${teacher} }
teacher: { kind: gaussian, token: 4, condition: 8, std: 0.5 }

# Scale of classifier-free guidance, 1 is none. Students are trained over the whole range.
guidance: { min: 1, max: 2 }

# The teacher's solves, cached once for all students.
trajectories:
  contexts: 256
  draws: 4 # noise draws a context
  solver: heun
  steps: 16
  keep: 8 # steps whose ends are kept; must divide steps

students:
  - name: trajectory
    method: trajectory
    head: { width: 64, depth: 2 } # the teacher's size and weights unless given
    training: { steps: 400, batch: 256, learningRate: 2.0e-3 }

evaluation:
  guidance: 1.5
  steps: [1, 2, 4] # step counts of the students
  teacher: { solver: heun, steps: 16 } # the reference
  solvers: [euler, heun] # the teacher at few steps, equal ones and searched ones; bns is fitted to it
  samples: 2048
`;
