// The page of a bundle: reads the form, draws the images while their tokens come, and says how long it took.
import { load, toRgba } from './generate.js';

const element = (id) => document.getElementById(id);
const [form, draw, status, made, list] = ['request', 'draw', 'status', 'made', 'images'].map(element);

/** Says how things are; errors in their own colour. */
function say(text, wrong = false) {
  status.textContent = text;
  status.classList.toggle('wrong', wrong);
}

/** Puts choices into a select. */
function offer(select, choices, chosen) {
  select.replaceChildren(...choices.map((choice) => new Option(choice, choice, false, choice === chosen)));
}

/** A canvas with its prompt below, for each image. */
function frames(model, prompts) {
  const canvases = prompts.map((prompt) => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [model.width, model.height];
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', prompt);
    return canvas;
  });
  list.replaceChildren(
    ...canvases.map((canvas, i) => {
      const [item, figure, caption] = ['li', 'figure', 'figcaption'].map((name) => document.createElement(name));
      caption.textContent = prompts[i];
      figure.append(canvas, caption);
      item.append(figure);
      return item;
    }),
  );
  return canvases;
}

/** Shows images on their canvases. */
function show(model, canvases, images) {
  for (const [i, image] of images.entries()) {
    const pixels = new ImageData(toRgba(image, model), image.width, image.height);
    canvases[i].getContext('2d').putImageData(pixels, 0, 0);
  }
}

const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

/** Draws what the form asks for. */
async function run(model) {
  const prompts = element('prompts')
    .value.split(/[\s,]+/)
    .filter((word) => word !== '');
  const total = prompts.length * model.tokens;
  const [started, canvases] = [performance.now(), frames(model, prompts)];
  const waits = { milliseconds: 0 };
  const images = await model.generate({
    prompts,
    student: element('student').value,
    steps: Number(element('steps').value),
    guidance: element('guidance').valueAsNumber,
    seed: element('seed').valueAsNumber,
    onToken: async (progress) => {
      const before = performance.now();
      made.value = progress.made / progress.total;
      show(model, canvases, progress.images());
      say(`Drawing: ${progress.made} of ${progress.total} tokens.`);
      await painted();
      waits.milliseconds += performance.now() - before;
    },
  });
  show(model, canvases, images);
  const seconds = (performance.now() - started - waits.milliseconds) / 1000;
  const drawn = `${images.length} ${images.length === 1 ? 'image' : 'images'}, ${total} tokens`;
  say(`${drawn}: ${seconds.toFixed(2)} s without painting, ${Math.round(total / seconds)} tokens/s.`);
}

/** Fills the form with what the model knows. */
function prepare(model) {
  const [first] = model.students;
  document.title = `${model.name}, in a browser`;
  element('name').textContent = model.name;
  element('about').textContent =
    `${model.tokens} tokens an image, each by a distilled head of a few steps, in this page: nothing is sent anywhere.`;
  element('prompts').value = model.prompts.join(' ');
  element('words').textContent = `Any of: ${model.prompts.join(', ')}.`;
  element('guidance').value = model.guidance;
  element('student').closest('label').hidden = model.students.length < 2;
  const offerSteps = ({ steps }) => offer(element('steps'), steps, Math.max(...steps));
  offer(
    element('student'),
    model.students.map(({ name }) => name),
    first.name,
  );
  element('student').addEventListener('change', ({ target }) =>
    offerSteps(model.students.find(({ name }) => name === target.value)),
  );
  offerSteps(first);
}

/** Does something with the button off; what goes wrong is shown. */
async function busily(act) {
  draw.disabled = true;
  made.hidden = false;
  try {
    await act();
  } catch (error) {
    list.replaceChildren();
    say(error.message, true);
  } finally {
    made.hidden = true;
    draw.disabled = false;
  }
}

say('Loading the model …');
try {
  const started = performance.now();
  const model = await load('.');
  prepare(model);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    busily(() => run(model));
  });
  draw.disabled = false;
  say(`Ready: loaded in ${((performance.now() - started) / 1000).toFixed(2)} s.`);
} catch (error) {
  say(error.message, true);
}
