/**
 * The weights of a model: named tensors that are initialized, loaded from files, or only recorded.
 *
 * <pre>
 *   Weights           passed to each component: weights.at("FFM").get("weight", Init.ZEROS, d, d)
 *   Weights.fresh     initialized from a seed, to train from scratch
 *   Checkpoint        loaded from safetensors or torch.save files; a missing key is an error
 *   ShapeRecorder     records keys and shapes without allocating memory
 *   LoraAdapter       low-rank update of a linear layer, taken from the weights like its tensors
 *   ModelFolder       the file layout of a converted model
 * </pre>
 */
package dev.mige4j.weights;
