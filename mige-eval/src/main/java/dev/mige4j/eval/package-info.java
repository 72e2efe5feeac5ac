/**
 * How good a model is: nano-MIGEBench, its figures, and the table and page that show them.
 *
 * <pre>
 *   Bench -> Question -> Entrant (a model, copy-source, oracle, blank) -> Picture
 *   Judge: (truth, Picture) -> figures          Lineup: which drawing stands at a box?
 *   Scores (JSON lines, resumable) -> Summary (means, intervals, bars) -> Table, Page, JSON
 *   NanoEvaluation: all of it
 * </pre>
 */
package dev.mige4j.eval;
