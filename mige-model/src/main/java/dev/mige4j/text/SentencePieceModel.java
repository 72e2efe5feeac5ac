package dev.mige4j.text;

import dev.mige4j.common.WeightsException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The content of a SentencePiece model file ({@code spiece.model}): the pieces, and how text is normalised before.
 *
 * <p>The file is a protobuf: field 1, repeated, a piece {1 text, 2 score, 3 type}; field 2 the trainer {3 kind of
 * model}; field 3 the normaliser {1 name, 2 character map}. All else is skipped. Not here: models that are no unigram
 * models, training.
 *
 * @param pieces position = id
 * @param normalizerName name of the normaliser, such as "nmt_nfkc"
 * @param charsMap the precompiled character map, empty when there is none
 */
record SentencePieceModel(List<Piece> pieces, String normalizerName, byte[] charsMap) {

    /** Types of pieces, by their number in the file. */
    static final int NORMAL = 1, UNKNOWN = 2, CONTROL = 3, USER_DEFINED = 4;

    private static final int UNIGRAM = 1, MAX_PIECES = 1 << 20;

    /** One entry of the vocabulary; the better its score (a log probability), the likelier it is chosen. */
    record Piece(String text, float score, int type) {
        /** Whether it stands for the text it shows. */
        boolean matchesText() {
            return (type == NORMAL || type == USER_DEFINED) && !text.isEmpty();
        }
    }

    /** Reads a model file; {@code name} is what messages call it. */
    static SentencePieceModel read(byte[] file, String name) {
        try {
            return read(new ProtobufReader(ByteBuffer.wrap(file)), name);
        } catch (CorruptModelException e) {
            throw new WeightsException(
                    "%s: no SentencePiece model, or a damaged one: %s (at byte %d of %d). Fetch the file again.",
                    name, e.getMessage(), e.offset, file.length);
        }
    }

    private static SentencePieceModel read(ProtobufReader file, String name) throws CorruptModelException {
        List<Piece> pieces = new ArrayList<>();
        String normalizerName = "";
        byte[] charsMap = {};
        int modelType = UNIGRAM;
        while (file.nextField()) {
            if (file.isField(1, ProtobufReader.LENGTH_DELIMITED)) pieces.add(readPiece(file.readMessage()));
            else if (file.isField(2, ProtobufReader.LENGTH_DELIMITED)) {
                ProtobufReader trainer = file.readMessage();
                while (trainer.nextField())
                    if (trainer.isField(3, ProtobufReader.VARINT)) modelType = (int) trainer.readVarint();
                    else trainer.skipField();
            } else if (file.isField(3, ProtobufReader.LENGTH_DELIMITED)) {
                ProtobufReader normalizer = file.readMessage();
                while (normalizer.nextField())
                    if (normalizer.isField(1, ProtobufReader.LENGTH_DELIMITED))
                        normalizerName = normalizer.readString();
                    else if (normalizer.isField(2, ProtobufReader.LENGTH_DELIMITED)) charsMap = normalizer.readBytes();
                    else normalizer.skipField();
            } else file.skipField();
            if (pieces.size() > MAX_PIECES) throw file.corrupt("more than " + MAX_PIECES + " pieces");
        }
        if (pieces.isEmpty()) throw file.corrupt("no pieces inside");
        if (modelType != UNIGRAM)
            throw new WeightsException(
                    "%s: a SentencePiece model of kind %d, expected a unigram model (1), as T5's is", name, modelType);
        if (pieces.stream().noneMatch(piece -> piece.type == UNKNOWN)) throw file.corrupt("no piece for the unknown");
        return new SentencePieceModel(pieces, normalizerName, charsMap);
    }

    private static Piece readPiece(ProtobufReader fields) throws CorruptModelException {
        String text = "";
        float score = 0;
        int type = NORMAL;
        while (fields.nextField()) {
            if (fields.isField(1, ProtobufReader.LENGTH_DELIMITED)) text = fields.readString();
            else if (fields.isField(2, ProtobufReader.FIXED32)) score = fields.readFloat();
            else if (fields.isField(3, ProtobufReader.VARINT)) type = (int) fields.readVarint();
            else fields.skipField();
        }
        if (Float.isNaN(score)) throw fields.corrupt("a score that is no number");
        return new Piece(text, score, type);
    }

    /** The model file of this content. */
    byte[] toBytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Piece piece : pieces) {
            ByteArrayOutputStream pieceBytes = new ByteArrayOutputStream();
            writeBytes(pieceBytes, 1, piece.text.getBytes(StandardCharsets.UTF_8));
            writeVarint(pieceBytes, 2 << 3 | ProtobufReader.FIXED32);
            int score = Float.floatToIntBits(piece.score);
            for (int shift = 0; shift < 32; shift += 8) pieceBytes.write(score >> shift);
            writeVarint(pieceBytes, 3 << 3 | ProtobufReader.VARINT);
            writeVarint(pieceBytes, piece.type);
            writeBytes(out, 1, pieceBytes.toByteArray());
        }
        ByteArrayOutputStream trainer = new ByteArrayOutputStream();
        writeVarint(trainer, 3 << 3 | ProtobufReader.VARINT);
        writeVarint(trainer, UNIGRAM);
        writeBytes(out, 2, trainer.toByteArray());
        ByteArrayOutputStream normalizer = new ByteArrayOutputStream();
        writeBytes(normalizer, 1, normalizerName.getBytes(StandardCharsets.UTF_8));
        writeBytes(normalizer, 2, charsMap);
        writeBytes(out, 3, normalizer.toByteArray());
        return out.toByteArray();
    }

    private static void writeBytes(ByteArrayOutputStream out, int field, byte[] content) {
        writeVarint(out, field << 3 | ProtobufReader.LENGTH_DELIMITED);
        writeVarint(out, content.length);
        out.writeBytes(content);
    }

    private static void writeVarint(ByteArrayOutputStream out, int value) {
        for (; value >>> 7 != 0; value >>>= 7) out.write(value & 127 | 128);
        out.write(value);
    }

    /** What is wrong with the bytes, and where. */
    private static final class CorruptModelException extends Exception {
        final int offset;

        CorruptModelException(String message, int offset) {
            super(message);
            this.offset = offset;
        }
    }

    /** Walks over the fields of one protobuf message. */
    private static final class ProtobufReader {
        static final int VARINT = 0, FIXED64 = 1, LENGTH_DELIMITED = 2, FIXED32 = 5;

        private final ByteBuffer data;
        private int tag;

        ProtobufReader(ByteBuffer data) {
            this.data = data.order(java.nio.ByteOrder.LITTLE_ENDIAN);
        }

        boolean nextField() throws CorruptModelException {
            if (!data.hasRemaining()) return false;
            tag = (int) readVarint();
            if (tag >>> 3 == 0) throw corrupt("a field without a number");
            return true;
        }

        boolean isField(int field, int wire) {
            return tag == (field << 3 | wire);
        }

        long readVarint() throws CorruptModelException {
            long value = 0;
            for (int shift = 0; shift < 64; shift += 7) {
                if (!data.hasRemaining()) throw corrupt("the file ends inside of a number");
                byte next = data.get();
                value |= (long) (next & 127) << shift;
                if (next >= 0) return value;
            }
            throw corrupt("a number of more than 64 bits");
        }

        float readFloat() throws CorruptModelException {
            return requireRemaining(4).getFloat();
        }

        /** A view of the length-delimited field, as a message; positions stay those of the file. */
        ProtobufReader readMessage() throws CorruptModelException {
            long length = readVarint();
            requireRemaining(length);
            ByteBuffer part = data.duplicate();
            part.limit(data.position() + (int) length);
            data.position(part.limit());
            return new ProtobufReader(part);
        }

        byte[] readBytes() throws CorruptModelException {
            ByteBuffer part = readMessage().data;
            byte[] copy = new byte[part.remaining()];
            part.get(copy);
            return copy;
        }

        String readString() throws CorruptModelException {
            ByteBuffer part = readMessage().data;
            try {
                CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(part);
                return text.toString();
            } catch (CharacterCodingException e) {
                throw corrupt("a text that is no UTF-8");
            }
        }

        void skipField() throws CorruptModelException {
            switch (tag & 7) {
                case VARINT -> readVarint();
                case FIXED64 -> requireRemaining(8).getLong();
                case LENGTH_DELIMITED -> readMessage();
                case FIXED32 -> requireRemaining(4).getInt();
                default -> throw corrupt("a field of unknown kind " + (tag & 7));
            }
        }

        private ByteBuffer requireRemaining(long bytes) throws CorruptModelException {
            if (bytes < 0 || bytes > data.remaining())
                throw corrupt("a field of " + bytes + " bytes where " + data.remaining() + " are left");
            return data;
        }

        CorruptModelException corrupt(String message) {
            return new CorruptModelException(message, data.position());
        }
    }
}
