/** Models in ONNX format, run by ONNX Runtime. */
package dev.mige4j.photos.onnx;
