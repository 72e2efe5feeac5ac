package dev.mige4j.cli;

import dev.mige4j.weights.ModelFolder;

/** A part of the model whose linear layers {@code --quantize} stores in int8. */
enum Quantization {
    T5_INT8("t5-int8", ModelFolder.T5),
    DENOISER_INT8("denoiser-int8", ModelFolder.DENOISER);
    private final String label, file;

    Quantization(String label, String file) {
        this.label = label;
        this.file = file;
    }

    /** The file of the model folder that holds the part. */
    String file() {
        return file;
    }

    @Override
    public String toString() {
        return label;
    }
}
