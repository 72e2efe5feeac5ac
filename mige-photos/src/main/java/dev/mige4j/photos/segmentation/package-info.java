/** Finds the objects of photographs: with models in ONNX format, or without a model. */
package dev.mige4j.photos.segmentation;
