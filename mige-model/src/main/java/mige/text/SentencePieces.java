package mige.text;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import mige.tensor.WeightsException;

/**
 * The content of a SentencePiece model file ({@code spiece.model}): the pieces, and how text is normalised before.
 *
 * <p>The file is a protobuf: field 1, repeated, a piece {1 text, 2 score, 3 type}; field 2 the trainer {3 kind of
 * model}; field 3 the normaliser {1 name, 2 character map}. All else is skipped. Not here: models that are no unigram
 * models, training.
 *
 * @param pieces  position = id
 * @param rule    name of the normaliser, such as "nmt_nfkc"
 * @param mapping the precompiled character map, empty when there is none
 */
record SentencePieces(List<Piece> pieces, String rule, byte[] mapping) {

    /** Types of pieces, by their number in the file. */
    static final int NORMAL = 1, UNKNOWN = 2, CONTROL = 3, USER_DEFINED = 4;

    private static final int UNIGRAM = 1, MOST_PIECES = 1 << 20;

    /** One entry of the vocabulary; the better its score (a log probability), the likelier it is chosen. */
    record Piece(String text, float score, int type) {
        /** Whether it stands for the text it shows. */
        boolean spoken() {
            return (type == NORMAL || type == USER_DEFINED) && !text.isEmpty();
        }
    }

    /** Reads a model file; {@code name} is what messages call it. */
    static SentencePieces read(byte[] file, String name) {
        try {
            return read(new Fields(ByteBuffer.wrap(file)), name);
        } catch (Damaged damaged) {
            throw new WeightsException("%s: no SentencePiece model, or a damaged one: %s (at byte %d of %d). Fetch the file again.",
                    name, damaged.getMessage(), damaged.at, file.length);
        }
    }

    private static SentencePieces read(Fields file, String name) throws Damaged {
        List<Piece> pieces = new ArrayList<>();
        String rule = "";
        byte[] mapping = {};
        int kind = UNIGRAM;
        while (file.next()) {
            if (file.is(1, Fields.BYTES)) pieces.add(piece(file.inner()));
            else if (file.is(2, Fields.BYTES)) {
                Fields trainer = file.inner();
                while (trainer.next()) if (trainer.is(3, Fields.NUMBER)) kind = (int) trainer.number();
                    else trainer.skip();
            } else if (file.is(3, Fields.BYTES)) {
                Fields normaliser = file.inner();
                while (normaliser.next()) if (normaliser.is(1, Fields.BYTES)) rule = normaliser.text();
                    else if (normaliser.is(2, Fields.BYTES)) mapping = normaliser.bytes();
                    else normaliser.skip();
            } else file.skip();
            if (pieces.size() > MOST_PIECES) throw file.damaged("more than " + MOST_PIECES + " pieces");
        }
        if (pieces.isEmpty()) throw file.damaged("no pieces inside");
        if (kind != UNIGRAM) throw new WeightsException("%s: a SentencePiece model of kind %d, expected a unigram model (1), as T5's is", name, kind);
        if (pieces.stream().noneMatch(piece -> piece.type == UNKNOWN)) throw file.damaged("no piece for the unknown");
        return new SentencePieces(pieces, rule, mapping);
    }

    private static Piece piece(Fields fields) throws Damaged {
        String text = "";
        float score = 0;
        int type = NORMAL;
        while (fields.next()) {
            if (fields.is(1, Fields.BYTES)) text = fields.text();
            else if (fields.is(2, Fields.FOUR)) score = fields.real();
            else if (fields.is(3, Fields.NUMBER)) type = (int) fields.number();
            else fields.skip();
        }
        if (Float.isNaN(score)) throw fields.damaged("a score that is no number");
        return new Piece(text, score, type);
    }

    /** The model file of this content. */
    byte[] file() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Piece piece : pieces) {
            ByteArrayOutputStream one = new ByteArrayOutputStream();
            bytes(one, 1, piece.text.getBytes(StandardCharsets.UTF_8));
            number(one, 2 << 3 | Fields.FOUR);
            int score = Float.floatToIntBits(piece.score);
            for (int shift = 0; shift < 32; shift += 8) one.write(score >> shift);
            number(one, 3 << 3 | Fields.NUMBER);
            number(one, piece.type);
            bytes(out, 1, one.toByteArray());
        }
        ByteArrayOutputStream trainer = new ByteArrayOutputStream();
        number(trainer, 3 << 3 | Fields.NUMBER);
        number(trainer, UNIGRAM);
        bytes(out, 2, trainer.toByteArray());
        ByteArrayOutputStream normaliser = new ByteArrayOutputStream();
        bytes(normaliser, 1, rule.getBytes(StandardCharsets.UTF_8));
        bytes(normaliser, 2, mapping);
        bytes(out, 3, normaliser.toByteArray());
        return out.toByteArray();
    }

    private static void bytes(ByteArrayOutputStream out, int field, byte[] content) {
        number(out, field << 3 | Fields.BYTES);
        number(out, content.length);
        out.writeBytes(content);
    }

    private static void number(ByteArrayOutputStream out, int value) {
        for (; value >>> 7 != 0; value >>>= 7) out.write(value & 127 | 128);
        out.write(value);
    }

    /** What is wrong with the bytes, and where. */
    private static final class Damaged extends Exception {
        final int at;

        Damaged(String what, int at) {
            super(what);
            this.at = at;
        }
    }

    /** Walks over the fields of one protobuf message. */
    private static final class Fields {
        static final int NUMBER = 0, EIGHT = 1, BYTES = 2, FOUR = 5;

        private final ByteBuffer data;
        private int tag;

        Fields(ByteBuffer data) {
            this.data = data.order(java.nio.ByteOrder.LITTLE_ENDIAN);
        }

        boolean next() throws Damaged {
            if (!data.hasRemaining()) return false;
            tag = (int) number();
            if (tag >>> 3 == 0) throw damaged("a field without a number");
            return true;
        }

        boolean is(int field, int wire) {
            return tag == (field << 3 | wire);
        }

        long number() throws Damaged {
            long value = 0;
            for (int shift = 0; shift < 64; shift += 7) {
                if (!data.hasRemaining()) throw damaged("the file ends inside of a number");
                byte next = data.get();
                value |= (long) (next & 127) << shift;
                if (next >= 0) return value;
            }
            throw damaged("a number of more than 64 bits");
        }

        float real() throws Damaged {
            return need(4).getFloat();
        }

        /** A view of the length-delimited field, as a message; positions stay those of the file. */
        Fields inner() throws Damaged {
            long length = number();
            need(length);
            ByteBuffer part = data.duplicate();
            part.limit(data.position() + (int) length);
            data.position(part.limit());
            return new Fields(part);
        }

        byte[] bytes() throws Damaged {
            ByteBuffer part = inner().data;
            byte[] copy = new byte[part.remaining()];
            part.get(copy);
            return copy;
        }

        String text() throws Damaged {
            ByteBuffer part = inner().data;
            try {
                CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(part);
                return text.toString();
            } catch (CharacterCodingException e) {
                throw damaged("a text that is no UTF-8");
            }
        }

        void skip() throws Damaged {
            switch (tag & 7) {
                case NUMBER -> number();
                case EIGHT -> need(8).getLong();
                case BYTES -> inner();
                case FOUR -> need(4).getInt();
                default -> throw damaged("a field of unknown kind " + (tag & 7));
            }
        }

        private ByteBuffer need(long bytes) throws Damaged {
            if (bytes < 0 || bytes > data.remaining()) throw damaged("a field of " + bytes + " bytes where " + data.remaining() + " are left");
            return data;
        }

        Damaged damaged(String what) {
            return new Damaged(what, data.position());
        }
    }
}
