;; A core module, where an actor has to be a component.
(module
  (func (export "init")))
