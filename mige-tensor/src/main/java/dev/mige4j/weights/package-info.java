/**
 * Where tensors come from: birth values, files, servers.
 *
 * <pre>
 *   a component asks     Weights.at("FFM").get("weight", Birth.ZERO, d, d)      it never knows what stands behind
 *   what stands behind   Weights.fresh(seed)     birth values, to train from nothing
 *                        Checkpoint.open(path)   files, mapped; a missing key throws, nothing is made up
 *                        Outline                 nothing: only notes what is asked for
 *   files                SafeTensors, TorchFile  read without running anything; every claim of a header is checked
 *   tools                Inventory, Convert, Download, RandomCheckpoint
 * </pre>
 *
 * <p>A file that is mapped must not be cut or overwritten in place while it is in use; everything here writes a new
 * file beside the old one and moves it, which is safe.
 */
package dev.mige4j.weights;
