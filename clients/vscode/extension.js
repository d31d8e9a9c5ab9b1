// `resolverd lsp` in VS Code: everything is the language client's own, but for the settings.
'use strict';

const { LanguageClient } = require('vscode-languageclient/node');
const vscode = require('vscode');

const LANGUAGES = ['javascript', 'javascriptreact', 'typescript', 'typescriptreact', 'css', 'vue', 'svelte'];
const SCHEMES = ['file', 'untitled'];
const MANIFESTS = '**/{package,tsconfig*,jsconfig*}.json';

/** @type {LanguageClient | undefined} */
let client;

function newClient() {
  const settings = vscode.workspace.getConfiguration('resolverd');
  const [command, ...args] = settings.get('command');
  return new LanguageClient(
    'resolverd',
    { command, args },
    {
      documentSelector: [
        ...LANGUAGES.flatMap((language) => SCHEMES.map((scheme) => ({ scheme, language }))),
        { scheme: 'file', pattern: MANIFESTS },
      ],
      initializationOptions: { only: settings.get('features'), profile: settings.get('profile') || null },
    },
  );
}

async function start() {
  client = newClient();
  try {
    await client.start();
  } catch {
    // The client has said what went wrong.
    vscode.window.showErrorMessage(
      "Is resolverd there? `pip install 'resolverd[lsp]'`, or say in the setting resolverd.command where it is.",
    );
  }
}

async function stop() {
  if (client?.isRunning()) await client.stop();
}

exports.activate = async (context) => {
  const restart = async (event) => {
    if (event.affectsConfiguration('resolverd')) {
      await stop();
      await start();
    }
  };
  context.subscriptions.push(vscode.workspace.onDidChangeConfiguration(restart));
  await start();
};

exports.deactivate = stop;
