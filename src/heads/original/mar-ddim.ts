import { alphaBarBefore, diffusionRule } from './mar-diffusion.ts';
import { combined } from './rows.ts';

/** DDIM without noise, η = 0 (arXiv 2010.02502), over MAR's respaced process. */
export const marDdim = diffusionRule({ title: "MAR's DDIM", steps: 100 }, ({ i, schedule, noise, predictedData }) => {
  const before = alphaBarBefore(schedule, i);
  return { x: combined(Math.sqrt(before), predictedData, Math.sqrt(1 - before), noise), predictedData };
});
