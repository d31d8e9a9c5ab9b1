;;; resolverd.el --- Imports in eglot, by resolverd lsp  -*- lexical-binding: t -*-

;; Package-Requires: ((emacs "28.1") (eglot "1.9"))
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Eglot does all but one thing: it asks nobody before a file is moved, and a buffer that moves stays, for the server, under the
;; name that it was opened with.  `resolverd-rename' asks, edits, moves, and opens what moved anew.

;;; Code:

(require 'dired-aux)
(require 'eglot)

(defvar js-mode-map)

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

(defun resolverd--each (buffers function)
  "Call FUNCTION in each of BUFFERS."
  (dolist (buffer buffers)
    (with-current-buffer buffer
      (funcall function))))

(defun resolverd--edit (server from to)
  "Make the edits that SERVER wants made before FROM is moved TO.
The buffers that are to be saved for it: none that somebody is at work in."
  ;; What was typed just now, eglot tells only when nothing more is typed.
  (resolverd--each (eglot--managed-buffers server) #'eglot--signal-textDocument/didChange)
  (let* ((move (list :oldUri (eglot--path-to-uri from) :newUri (eglot--path-to-uri to)))
         (edit (jsonrpc-request server :workspace/willRenameFiles (list :files (vector move)) :timeout 30))
         to-save)
    (seq-doseq (change (plist-get edit :documentChanges))
      (eglot--dbind (uri version) (plist-get change :textDocument)
        (with-current-buffer (find-file-noselect (eglot--uri-to-path uri))
          (unless (buffer-modified-p)
            (push (current-buffer) to-save))
          (eglot--apply-text-edits (plist-get change :edits) version))))
    to-save))

(defun resolverd--move (server from to)
  "Move FROM to TO, and have SERVER know the buffers of it by their new names."
  (let ((moving (seq-filter (lambda (buffer)
                              (string-prefix-p (file-name-as-directory from) (concat (buffer-file-name buffer) "/")))
                            (eglot--managed-buffers server))))
    (make-directory (file-name-directory to) t)
    (resolverd--each moving #'eglot--signal-textDocument/didClose)
    (unwind-protect
        (dired-rename-file from to nil)
      (resolverd--each moving #'eglot--signal-textDocument/didOpen))))

;;;###autoload
(defun resolverd-rename (from to)
  "Move file or directory FROM to TO, and edit the imports of it and in it."
  (interactive
   (let ((from (read-file-name "Move: " nil nil t (and buffer-file-name (file-name-nondirectory buffer-file-name)))))
     (list from (read-file-name (format "Move %s to: " from)))))
  (let ((from (directory-file-name (expand-file-name from)))
        (to (directory-file-name (expand-file-name to)))
        (server (or (eglot-current-server) (user-error "No server runs here: open a file of the project first"))))
    (when (file-exists-p to)
      (user-error "%s is there already" to))
    (let ((to-save (resolverd--edit server from to)))
      (condition-case failure
          (resolverd--move server from to)
        (error (resolverd--each to-save (lambda () (revert-buffer t t)))
               (signal (car failure) (cdr failure))))
      (resolverd--each to-save #'save-buffer))))

(provide 'resolverd)
;;; resolverd.el ends here
