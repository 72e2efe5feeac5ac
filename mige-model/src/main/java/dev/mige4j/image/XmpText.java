package dev.mige4j.image;

import dev.mige4j.common.UsageException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Texts by keyword as an XMP packet, in which JPEG and WebP files store them. {@code Description} and {@code Software}
 * become the standard properties {@code dc:description} and {@code xmp:CreatorTool}; other keywords become properties
 * of this project's namespace.
 *
 * <p>Source: ISO 16684-1 (XMP), 7 (serialisation as RDF/XML).
 */
final class XmpText {

    /** Longest packet that is read, in bytes. */
    private static final int MAX_LENGTH = 1 << 22;

    private static final String RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
            DC = "http://purl.org/dc/elements/1.1/",
            XMP = "http://ns.adobe.com/xap/1.0/",
            MIGE = "urn:mige4j:text";
    private static final Pattern XML_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9._-]*"),
            NOT_IN_XML = Pattern.compile("[^\\t\\n\\r\\x20-\\uD7FF\\uE000-\\uFFFD\\x{10000}-\\x{10FFFF}]");

    private XmpText() {}

    /**
     * The packet with these texts, sorted by keyword; control characters become spaces.
     *
     * @throws UsageException when a keyword is not a name in XML
     */
    static byte[] write(Map<String, String> texts) {
        StringBuilder properties = new StringBuilder();
        new TreeMap<>(texts).forEach((key, text) -> {
            String escaped = escape(text);
            switch (key) {
                case "Description" ->
                    properties
                            .append("<dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">")
                            .append(escaped)
                            .append("</rdf:li></rdf:Alt></dc:description>\n");
                case "Software" ->
                    properties.append("<xmp:CreatorTool>").append(escaped).append("</xmp:CreatorTool>\n");
                default -> {
                    if (!XML_NAME.matcher(key).matches())
                        throw new UsageException(
                                "'%s' is not a valid keyword of a text in a JPEG or WebP file; expected letters,"
                                        + " digits, '.', '-' and '_', not a digit first.",
                                key);
                    properties.append("<mige:%s>%s</mige:%s>\n".formatted(key, escaped, key));
                }
            }
        });
        return """
                <?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
                <x:xmpmeta xmlns:x="adobe:ns:meta/">
                <rdf:RDF xmlns:rdf="%s">
                <rdf:Description rdf:about="" xmlns:dc="%s" xmlns:xmp="%s" xmlns:mige="%s">
                %s</rdf:Description>
                </rdf:RDF>
                </x:xmpmeta>
                <?xpacket end="r"?>""".formatted(RDF, DC, XMP, MIGE, properties).getBytes(StandardCharsets.UTF_8);
    }

    private static String escape(String text) {
        return NOT_IN_XML
                .matcher(text)
                .replaceAll(" ")
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\r", "&#13;"); // XML readers turn a bare one into a line feed
    }

    /** The texts of a packet by keyword; empty or incomplete if it is damaged or longer than 4 MiB. */
    static Map<String, String> read(byte[] packet) {
        Map<String, String> texts = new LinkedHashMap<>();
        if (packet.length > MAX_LENGTH) return texts;
        XMLInputFactory factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        try {
            XMLStreamReader reader =
                    factory.createXMLStreamReader(new StringReader(new String(packet, StandardCharsets.UTF_8)));
            while (reader.hasNext()) if (reader.next() == XMLStreamConstants.START_ELEMENT) readElement(reader, texts);
        } catch (XMLStreamException e) {
            return texts; // what comes after the damage is left out
        }
        return texts;
    }

    /** Reads a property; programs that rewrite a packet store short ones as attributes of rdf:Description. */
    private static void readElement(XMLStreamReader reader, Map<String, String> texts) throws XMLStreamException {
        String namespace = reader.getNamespaceURI(), name = reader.getLocalName();
        if (RDF.equals(namespace) && name.equals("Description")) {
            for (int i = 0; i < reader.getAttributeCount(); i++) {
                String key = keyword(reader.getAttributeNamespace(i), reader.getAttributeLocalName(i));
                if (key != null) texts.put(key, reader.getAttributeValue(i));
            }
        } else if (DC.equals(namespace) && name.equals("description")) {
            texts.put("Description", firstItem(reader));
        } else {
            String key = keyword(namespace, name);
            if (key != null) texts.put(key, reader.getElementText());
        }
    }

    private static String keyword(String namespace, String name) {
        if (MIGE.equals(namespace)) return name;
        return XMP.equals(namespace) && name.equals("CreatorTool") ? "Software" : null;
    }

    /** The first of the alternatives in several languages, which is the default one. */
    private static String firstItem(XMLStreamReader reader) throws XMLStreamException {
        while (reader.next() != XMLStreamConstants.END_DOCUMENT)
            if (reader.isStartElement() && reader.getLocalName().equals("li")) return reader.getElementText();
        return "";
    }
}
