package dev.mige4j.text;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import dev.mige4j.common.WeightsException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Content of a SentencePiece model file ({@code spiece.model}): the vocabulary and the text normalisation.
 *
 * <p>The file is a protobuf message: field 1, repeated, a piece {1 text, 2 score, 3 type}; field 2 the trainer {3 model
 * type}; field 3 the normaliser {1 name, 2 precompiled character map}. Other fields are skipped. Only unigram models
 * are supported; training is not.
 *
 * @param pieces the vocabulary; the index is the token id
 * @param normalizerName name of the normaliser, such as "nmt_nfkc"
 * @param charsMap the precompiled character map; empty if there is none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record SentencePieceModel(List<Piece> pieces, String normalizerName, byte[] charsMap) {

    /** Types of pieces, by their numbers in the file. */
    static final int NORMAL = 1, UNKNOWN = 2, CONTROL = 3, USER_DEFINED = 4;

    private static final int UNIGRAM = 1, MAX_PIECES = 1 << 20;

    /** One entry of the vocabulary; {@code score} is a log probability. */
    record Piece(String text, float score, int type) {
        /** Whether encoding matches the piece against text; false for control and unknown pieces. */
        boolean matchesText() {
            return (type == NORMAL || type == USER_DEFINED) && !text.isEmpty();
        }
    }

    /**
     * Reads a model file.
     *
     * @param name identifies the file in error messages
     * @throws WeightsException when it is not a SentencePiece unigram model or damaged
     */
    static SentencePieceModel read(byte[] file, String name) {
        CodedInputStream input = CodedInputStream.newInstance(file);
        try {
            return read(input, name);
        } catch (IOException e) {
            throw new WeightsException(
                    "%s: not a SentencePiece model, or a damaged one: %s (at byte %d of %d). Download the file again.",
                    name, e.getMessage().replaceAll("[.\\s]+$", ""), input.getTotalBytesRead(), file.length);
        }
    }

    private static SentencePieceModel read(CodedInputStream input, String name) throws IOException {
        List<Piece> pieces = new ArrayList<>();
        String normalizerName = "";
        byte[] charsMap = {};
        int modelType = UNIGRAM;
        for (int tag; (tag = input.readTag()) != 0; ) {
            if (tag == message(1)) {
                pieces.add(readPiece(input));
            } else if (tag == message(2)) {
                int outer = input.pushLimit(input.readRawVarint32());
                while ((tag = input.readTag()) != 0)
                    if (tag == tag(3, WireFormat.WIRETYPE_VARINT)) modelType = input.readEnum();
                    else input.skipField(tag);
                input.popLimit(outer);
            } else if (tag == message(3)) {
                int outer = input.pushLimit(input.readRawVarint32());
                while ((tag = input.readTag()) != 0)
                    if (tag == message(1)) normalizerName = input.readStringRequireUtf8();
                    else if (tag == message(2)) charsMap = input.readByteArray();
                    else input.skipField(tag);
                input.popLimit(outer);
            } else {
                input.skipField(tag);
            }
            if (pieces.size() > MAX_PIECES)
                throw new InvalidProtocolBufferException("more than " + MAX_PIECES + " pieces");
        }
        if (pieces.isEmpty()) throw new InvalidProtocolBufferException("it has no pieces");
        if (modelType != UNIGRAM)
            throw new WeightsException(
                    "%s: a SentencePiece model of type %d, expected a unigram model (type 1) like T5's",
                    name, modelType);
        if (pieces.stream().noneMatch(piece -> piece.type == UNKNOWN))
            throw new InvalidProtocolBufferException("it has no unknown piece");
        return new SentencePieceModel(pieces, normalizerName, charsMap);
    }

    private static Piece readPiece(CodedInputStream input) throws IOException {
        String text = "";
        float score = 0;
        int type = NORMAL;
        int outer = input.pushLimit(input.readRawVarint32());
        for (int tag; (tag = input.readTag()) != 0; ) {
            if (tag == message(1)) text = input.readStringRequireUtf8();
            else if (tag == tag(2, WireFormat.WIRETYPE_FIXED32)) score = input.readFloat();
            else if (tag == tag(3, WireFormat.WIRETYPE_VARINT)) type = input.readEnum();
            else input.skipField(tag);
        }
        input.popLimit(outer);
        if (Float.isNaN(score)) throw new InvalidProtocolBufferException("the score of a piece is NaN");
        return new Piece(text, score, type);
    }

    private static int tag(int field, int wireType) {
        return (field << 3) | wireType;
    }

    private static int message(int field) {
        return tag(field, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    }

    /** Serializes the model; the same content gives the same bytes. */
    byte[] toBytes() {
        return serialize(out -> {
            for (Piece piece : pieces)
                out.writeByteArray(1, serialize(pieceOut -> {
                    pieceOut.writeByteArray(1, piece.text.getBytes(StandardCharsets.UTF_8));
                    pieceOut.writeFloat(2, piece.score);
                    pieceOut.writeEnum(3, piece.type);
                }));
            out.writeByteArray(2, serialize(trainer -> trainer.writeEnum(3, UNIGRAM)));
            out.writeByteArray(3, serialize(normalizer -> {
                normalizer.writeByteArray(1, normalizerName.getBytes(StandardCharsets.UTF_8));
                normalizer.writeByteArray(2, charsMap);
            }));
        });
    }

    private interface FieldWriter {
        void writeTo(CodedOutputStream out) throws IOException;
    }

    private static byte[] serialize(FieldWriter fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            fields.writeTo(out);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // cannot happen: the stream is in memory
        }
        return bytes.toByteArray();
    }
}
