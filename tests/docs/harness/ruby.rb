
$stdin.each_line do |line|
  fields = line.chomp.split("\t").map { |field| field.unpack1("m0") }
  puts verify(*fields.first(5), fields[5].to_i)
end
