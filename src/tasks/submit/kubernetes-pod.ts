/** Pods that run fewstep: no root, nothing to write but the volume and /tmp, no password but by reference to a Secret. */

/** What all pods of a run have in common. */
export interface PodOptions {
  readonly image: string;
  readonly volumeClaim: string;
  /** Quantities; the processors are as many as a pod has threads unless given. */
  readonly cpu?: string;
  readonly memory?: string;
  readonly gpu?: number;
  /** The Secret with the name and password of a queue, where there is one. */
  readonly queueSecret?: string;
}

/** What a pod runs. */
export interface PodWork {
  /** The words after `fewstep`; those of `expanded`, which may name variables of Kubernetes, come last. */
  readonly words: readonly string[];
  readonly expanded?: readonly string[];
  readonly threads: number;
  /** Whether it does units, which may need a GPU. */
  readonly units: boolean;
  readonly restart: 'Never' | 'Always';
  readonly labels: Readonly<Record<string, string>>;
}

/** The user `node` of the image. */
const USER = 1000;

/** Where the volume is in a pod. */
const FOLDER = '/work';

/** Words that Kubernetes expands nothing in: `$(NAME)` is for it what `$$(NAME)` stands for. */
const literal = (word: string): string => word.replaceAll('$', '$$$$');

const indexVariable = {
  name: 'JOB_COMPLETION_INDEX',
  valueFrom: { fieldRef: { fieldPath: "metadata.annotations['batch.kubernetes.io/job-completion-index']" } },
};

const secretVariables = (name: string) =>
  ['user', 'password'].map((key) => ({
    name: `FEWSTEP_QUEUE_${key.toUpperCase()}`,
    valueFrom: { secretKeyRef: { name, key, optional: true } },
  }));

function resources({ cpu, memory, gpu }: PodOptions, { threads, units }: PodWork) {
  const bounded = {
    ...(memory !== undefined && { memory }),
    ...(gpu !== undefined && units && { 'nvidia.com/gpu': String(gpu) }),
  };
  return {
    requests: { cpu: cpu ?? String(threads), ...bounded },
    ...(Object.keys(bounded).length > 0 && { limits: bounded }),
  };
}

/** The template of a pod, as Jobs and Deployments have it. */
export function podTemplate(options: PodOptions, work: PodWork) {
  const { words, expanded = [], restart, labels } = work;
  const variables = [
    ...(expanded.length > 0 ? [indexVariable] : []),
    ...(options.queueSecret === undefined ? [] : secretVariables(options.queueSecret)),
  ];
  return {
    metadata: { labels },
    spec: {
      restartPolicy: restart,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 60,
      securityContext: {
        ...{ runAsNonRoot: true, runAsUser: USER, runAsGroup: USER, fsGroup: USER },
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'fewstep',
          image: options.image,
          args: [...words.map(literal), ...expanded],
          workingDir: FOLDER,
          ...(variables.length > 0 && { env: variables }),
          resources: resources(options, work),
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [
            { name: 'work', mountPath: FOLDER },
            { name: 'temporary', mountPath: '/tmp' },
          ],
        },
      ],
      volumes: [
        { name: 'work', persistentVolumeClaim: { claimName: options.volumeClaim } },
        { name: 'temporary', emptyDir: {} },
      ],
    },
  };
}
