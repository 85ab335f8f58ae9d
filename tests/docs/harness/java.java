import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Scanner;

public class Main {
    private static byte[] decode(String field) {
        return Base64.getDecoder().decode(field);
    }

    private static String text(String field) {
        return new String(decode(field), StandardCharsets.UTF_8);
    }

    public static void main(String[] arguments) throws Exception {
        Scanner lines = new Scanner(System.in);
        while (lines.hasNextLine()) {
            String[] fields = lines.nextLine().split("\t");
            System.out.println(Webhooks.verify(text(fields[0]), text(fields[1]), text(fields[2]), text(fields[3]),
                decode(fields[4]), Long.parseLong(text(fields[5]))));
        }
    }
}
