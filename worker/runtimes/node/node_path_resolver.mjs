// Lets import find packages in the node_modules folders of NODE_PATH, after the ordinary places.
//
// Source: Node.js documentation, "Customization Hooks".
import { pathToFileURL } from 'url';

const PARENTS = (process.env.NODE_PATH || '').split(':')
  .filter((folder) => /\/node_modules\/?$/.test(folder))
  .map((folder) => pathToFileURL(folder.replace(/node_modules\/?$/, 'any.mjs')).href);
const isBare = (specifier) => !/^(\.{0,2}\/|[a-z]+:|#)/.test(specifier);

export async function resolve(specifier, context, nextResolve) {
  try {
    return await nextResolve(specifier, context);
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !isBare(specifier)) throw error;
    for (const parentURL of PARENTS) {
      try {
        return await nextResolve(specifier, { ...context, parentURL });
      } catch {
        // the next folder may have it
      }
    }
    throw error;
  }
}
