import type { NamedMutation } from '../named.ts';

/** Faults of what moves files of runs between machines: content, names, links, and who goes on where. */
export const storeFaults: readonly NamedMutation[] = [
  {
    what: 'content may be other than its entry says',
    file: 'src/tasks/store/content.ts',
    text: 'if (found === sha256) return;',
    replacement: "if (found !== '') return;",
  },
  {
    what: 'content may be longer than its entry says until it ends',
    file: 'src/tasks/store/content.ts',
    text: 'if (done > bytes) throw',
    replacement: 'if (done > 2 * bytes + 99) throw',
  },
  {
    what: 'an entry has no end',
    file: 'src/tasks/store/content.ts',
    text: 'if (done > most) throw',
    replacement: 'if (done < 0) throw',
  },
  {
    what: 'a link on the way to a file is followed',
    file: 'src/tasks/store/place.ts',
    text: "if (kind !== 'none') throw",
    replacement: "if (kind === 'file') throw",
  },
  {
    what: 'a link in the place of a file is followed',
    file: 'src/tasks/store/place.ts',
    text: "if (kind !== 'none' && kind !== 'file') throw",
    replacement: "if (kind === 'folder') throw",
  },
  {
    what: 'an entry names files of other sets',
    file: 'src/tasks/store/entry.ts',
    text: 'if (stranger !== undefined)',
    replacement: "if (stranger === '')",
  },
  {
    what: 'an entry lacks a file of its set',
    file: 'src/tasks/store/entry.ts',
    text: 'if (missing !== undefined) throw',
    replacement: "if (missing === '') throw",
  },
  {
    what: 'two machines leave a mixture of their files',
    file: 'src/tasks/store/entry.ts',
    text: 'path}/$',
    replacement: 'path}/file',
  },
  {
    what: 'a file of the same size counts as the same content',
    file: 'src/tasks/store/known-files.ts',
    text: 'if ((await sha256File(path)) !== sha256) return false;',
    replacement: '',
  },
  {
    what: 'a log is read before the checkpoint that it must not be behind',
    file: 'src/tasks/store/mirror.ts',
    text: '[...files, ...optional]',
    replacement: '[...optional, ...files]',
  },
  {
    what: 'a manifest is here before the files that it tells of',
    file: 'src/tasks/store/mirror.ts',
    text: '[...(set.optional ?? []), ...set.files]',
    replacement: '[...set.files, ...(set.optional ?? [])]',
  },
  {
    what: 'a checkpoint that is behind takes the place of one that is ahead',
    file: 'src/tasks/store/checkpoints.ts',
    text: 'if (step > (await stepHere(run, student)))',
    replacement: 'if (step > 0)',
  },
  {
    what: 'a training begins anew on another machine',
    file: 'src/tasks/store/unit-mirror.ts',
    text: 'await fetchCheckpoint(mirror, run, id);',
    replacement: '',
  },
  {
    what: 'what was made anew is not sent in the place of what is there',
    file: 'src/tasks/store/unit-mirror.ts',
    text: "return outcome === 'kept' && there !== undefined ? there : sent(run.name, set);",
    replacement: 'return there ?? sent(run.name, set);',
  },
  {
    what: 'what a killed worker made is never sent',
    file: 'src/tasks/store/unit-mirror.ts',
    text: "return outcome === 'kept' && there !== undefined ? there : sent(run.name, set);",
    replacement: "return outcome === 'kept' ? (there as Entry) : sent(run.name, set);",
  },
  {
    what: 'a coordinator believes that a unit is done',
    file: 'src/tasks/store/executor.ts',
    text: 'if ((await mirror.fetch(of.run, set)) !== undefined) return;',
    replacement: 'return;',
  },
  {
    what: 'units begin before what they start from is in the store',
    file: 'src/tasks/store/executor.ts',
    text: '    await published;\n',
    replacement: '',
  },
  {
    what: 'a machine with another teacher does units',
    file: 'src/tasks/sources.ts',
    text: 'planned === undefined || planned === here',
    replacement: "planned !== '' || planned === here",
  },
];
