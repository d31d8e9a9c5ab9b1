;;; resolverd.el --- Imports in eglot, by resolverd lsp  -*- lexical-binding: t -*-

;; Package-Requires: ((emacs "28.1") (eglot "1.9"))
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; The language server for the modes that may import something.

;;; Code:

(require 'eglot)

(defgroup resolverd nil "Imports of JavaScript and TypeScript." :group 'tools)

(defcustom resolverd-command '("resolverd" "lsp")
  "The language server.
`:initializationOptions' and a plist may follow, as in `eglot-server-programs'."
  :type '(repeat sexp))

(defcustom resolverd-modes
  '(js-mode js-jsx-mode js2-mode js-ts-mode typescript-mode typescript-ts-mode tsx-ts-mode css-mode css-ts-mode vue-mode svelte-mode)
  "The major modes that are served."
  :type '(repeat symbol))

;;;###autoload
(defun resolverd-setup ()
  "Serve the modes of `resolverd-modes'."
  (add-to-list 'eglot-server-programs (cons resolverd-modes resolverd-command))
  (dolist (mode resolverd-modes)
    (add-hook (intern (format "%s-hook" mode)) #'eglot-ensure))
  ;; What js-mode has on this key looks for symbols in open buffers; eglot's definitions are what is asked for here.
  (with-eval-after-load 'js
    (define-key js-mode-map (kbd "M-.") nil)))

(provide 'resolverd)
;;; resolverd.el ends here
