// Finds the handler that _HANDLER names: CommonJS or ES module, in folders, as a member of an exported object.
//
// Errors: Runtime.MalformedHandlerName, ImportModuleError, UserCodeSyntaxError, HandlerNotFound; anything else the
//         module throws is passed on.
// Source: aws-lambda-ric 3, UserFunction.js; Lambda Developer Guide, "Node.js layers".
'use strict';

const fs = require('fs');
const Module = require('module');
const path = require('path');
const { pathToFileURL } = require('url');
const errors = require('./errors.cjs');

const HANDLER_EXPRESSION = /^([^.]*)\.(.*)$/;

// Where require() looks besides the function's own node_modules. A NODE_PATH given by the platform or customer stays.
function setSearchPath(taskRoot) {
  if (process.env.NODE_PATH !== undefined) return;
  const major = process.versions.node.split('.')[0];
  process.env.NODE_PATH = [
    `/opt/nodejs/node${major}/node_modules`, '/opt/nodejs/node_modules', path.join(__dirname, 'node_modules'),
    __dirname, taskRoot,
  ].join(':');
  Module._initPaths();
}

async function loadHandler(taskRoot, name) {
  if (name.includes('..')) {
    throw new errors.MalformedHandlerName(
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
  }
  const moduleAndMember = path.basename(name);
  const folder = name.substring(0, name.indexOf(moduleAndMember));
  const match = moduleAndMember.match(HANDLER_EXPRESSION);
  if (!match) throw new errors.MalformedHandlerName('Bad handler');
  const [, module, member] = match;
  const exported = await loadModule(taskRoot, folder, module);
  const handler = member.split('.').reduce((value, key) => value && value[key], exported);
  if (!handler) throw new errors.HandlerNotFound(`${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw new errors.HandlerNotFound(`${name} is not a function`);
  return handler;
}

async function loadModule(taskRoot, folder, module) {
  try {
    return await findModule(taskRoot, folder, module);
  } catch (error) {
    if (error instanceof SyntaxError) throw new errors.UserCodeSyntaxError(error);
    if (error?.code === 'MODULE_NOT_FOUND') throw new errors.ImportModuleError(error);
    throw error;
  }
}

async function findModule(taskRoot, folder, module) {
  const file = path.resolve(taskRoot, folder, module);
  if (isFile(file)) return require(file);
  if (fs.existsSync(`${file}.js`)) {
    return isEsFolder(path.dirname(file)) ? importEs(`${file}.js`) : require(`${file}.js`);
  }
  if (fs.existsSync(`${file}.mjs`)) return importEs(`${file}.mjs`);
  if (fs.existsSync(`${file}.cjs`)) return require(`${file}.cjs`);
  return require(require.resolve(module, { paths: [taskRoot, path.resolve(taskRoot, folder)] }));
}

const isFile = (file) => fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;

// Does the nearest package.json say "type": "module"?
function isEsFolder(folder) {
  if (folder.endsWith('/node_modules')) return false;
  const description = path.join(folder, 'package.json');
  if (fs.existsSync(description)) {
    try {
      return JSON.parse(fs.readFileSync(description, 'utf8'))?.type === 'module';
    } catch (error) {
      console.warn(`${description} cannot be read, it will be ignored for ES module detection purposes.`, error);
      return false;
    }
  }
  return folder !== '/' && isEsFolder(path.dirname(folder));
}

function importEs(file) {
  // Node's import ignores NODE_PATH, Lambda's does not. The resolver costs a thread: only where a layer brings modules.
  const layered = (process.env.NODE_PATH || '').split(':').some((folder) => /\/node_modules\/?$/.test(folder) &&
    fs.existsSync(folder));
  if (layered && Module.register) Module.register('./node_path_resolver.mjs', pathToFileURL(`${__dirname}/`));
  return import(pathToFileURL(file).href);
}

module.exports = { setSearchPath, loadHandler };
