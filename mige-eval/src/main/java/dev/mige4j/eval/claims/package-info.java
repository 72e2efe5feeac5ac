/**
 * The claims of the MIGE paper as an experiment: trains ablations from the same initialisation and with the same
 * budget, evaluates them, and compares them.
 */
package dev.mige4j.eval.claims;
